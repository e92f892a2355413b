"""The language of messages between processes, which two checkouts must share to be compared."""

# Messages are pickled: the other side would put the values of changed fields into the wrong places
# without a word. Raise it when a message changes, and when a worker comes to time blocks in another
# way: two ways of timing are not compared. Text and numbers only, no class of another library:
# the other side may have another version of it.
PROTOCOL = 9

# How a stored run was measured: `results compare` refuses two runs with other numbers, and so does
# --fail-on. Raise it with each entry under Measurement in CHANGELOG.md that moves times. Runs of
# before there was one have none.
MEASUREMENT = 2

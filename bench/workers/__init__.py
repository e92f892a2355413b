"""Processes that hold a case each: where they are born, what they are asked, how they end."""

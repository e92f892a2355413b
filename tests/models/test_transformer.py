"""Blocks of transformers over images."""

from __future__ import annotations

import torch

from models.transformer import Attention, Encoder, Mean, Patches


def test_patches_are_cut_row_by_row_and_projected_each_on_its_own() -> None:
    patches = Patches((1, 4, 6), 2, 3)
    image = torch.rand(1, 1, 4, 6)
    tokens = patches(image) - patches.position
    assert tokens.shape == (1, 6, 3)
    torch.testing.assert_close(tokens[0, 4:5], patches.projection(image[..., 2:, 2:4])[..., 0, 0])


def test_attention_is_softmax_of_scaled_products_in_each_head() -> None:
    attention = Attention(6, 2)
    x = torch.rand(1, 5, 6)
    heads = []
    for part in (slice(0, 3), slice(3, 6)):
        query, key, value = (
            layer(x)[0, :, part] for layer in (attention.query, attention.key, attention.value)
        )
        heads.append(torch.softmax(query @ key.T / 3**0.5, dim=1) @ value)
    torch.testing.assert_close(attention(x)[0], attention.output(torch.cat(heads, dim=1)))


def test_an_encoder_block_adds_to_its_input() -> None:
    block = Encoder(8, 2)
    for layer in (block.attention.output, block.linear2):
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    x = torch.rand(2, 5, 8)
    torch.testing.assert_close(block(x), x)


def test_the_mean_is_over_the_tokens() -> None:
    assert Mean()(torch.tensor([[[1.0, 2.0], [3.0, 6.0]]])).tolist() == [[2.0, 4.0]]

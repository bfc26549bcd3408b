"""Requests that are joined: one that goes away, and a model that is unloaded."""

import asyncio

import numpy as np
import pytest

from genkeras.training.serving.batcher import Batcher


class Doubling:
    """A model of rows, as `ServedModel` shows itself to the batcher."""

    max_samples = 8

    def check(self, inputs, signature):
        return inputs

    def takes_rows(self, signature):
        return signature == "rows"

    def run(self, inputs, signature):
        return {"y": 2.0 * inputs["x"]}


async def _slowly(function, *arguments):
    await asyncio.sleep(0.02)
    return function(*arguments)


def _asked(batcher, value, signature="rows"):
    inputs = {"x": np.array([value])}
    return asyncio.create_task(batcher.answer(inputs, signature))


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.03])
def test_the_first_to_ask_may_go_and_the_others_are_answered(seconds):
    async def main():
        batcher = Batcher(Doubling(), _slowly, seconds=0.02)
        first, second = _asked(batcher, 1.0), _asked(batcher, 2.0)
        await asyncio.sleep(seconds)
        first.cancel()
        later = _asked(batcher, 3.0)
        return await asyncio.wait_for(asyncio.gather(second, later), 5.0)

    second, later = asyncio.run(main())
    assert (second["y"], later["y"]) == ([4.0], [6.0])


@pytest.mark.parametrize("signature", ["rows", "alone"])
def test_drained_is_answered(signature):
    async def main():
        batcher = Batcher(Doubling(), _slowly)
        tasks = [_asked(batcher, float(i), signature) for i in range(3)]
        await asyncio.sleep(0)
        await batcher.drain()
        await asyncio.sleep(0)  # who was answered goes on at the next turn
        return [task.done() and task.result()["y"][0] for task in tasks]

    assert asyncio.run(main()) == [0.0, 2.0, 4.0]

"""Requests that come at the same time, answered together."""

import asyncio

import numpy as np


class Batcher:
    """Joins the rows of requests to one signature, and parts the answers again.

    A request waits for others for `seconds`, or as long as the model is busy. It is
    answered alone if its signature has no rows, or those it was joined with fail.

    Args:
        served: `ServedModel`.
        run: coroutine function of a function and arguments, which calls it where it
            does not hold up the event loop.
        seconds: float. How long a request waits.
    """

    def __init__(self, served, run, *, seconds: float = 0.002):
        self.served = served
        self.seconds = seconds
        self._run = run
        self._waiting = {}
        self._flushes = set()
        self._busy = asyncio.Lock()

    async def answer(self, inputs: dict, signature: str) -> dict[str, np.ndarray]:
        """Returns the outputs by name.

        Args:
            inputs: dict of arrays by name.
            signature: str.

        Raises:
            BadRequestError: for inputs that do not fit.
        """
        inputs = self.served.check(inputs, signature)
        if not self.served.takes_rows(signature):
            return await self._alone(inputs, signature)
        future = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(signature, [])
        waiting.append((inputs, future))
        if len(waiting) == 1:
            # A task of its own: the first to ask may go, and the others still wait.
            flush = asyncio.create_task(self._flush(signature))
            self._flushes.add(flush)
            flush.add_done_callback(self._flushes.discard)
        return await future

    async def drain(self):
        """Returns when everything that was asked until now is answered."""
        while self._flushes:
            await asyncio.wait(self._flushes)
        async with self._busy:  # those answered alone stand in line before
            pass

    async def _alone(self, inputs, signature):
        async with self._busy:
            return await self._run(self.served.run, inputs, signature)

    async def _flush(self, signature):
        await asyncio.sleep(self.seconds)
        async with self._busy:
            waiting = self._waiting.pop(signature, [])
            for group in _groups(waiting, self.served.max_samples):
                await self._answer_group(group, signature)

    async def _answer_group(self, group, signature):
        names = group[0][0]
        joined = {n: np.concatenate([inputs[n] for inputs, _ in group]) for n in names}
        try:
            outputs = await self._run(self.served.run, joined, signature)
        except Exception as error:
            if len(group) == 1:
                _set(group[0][1], error=error)
                return
            for one in group:  # whose fault it is
                await self._answer_group([one], signature)
            return
        first = 0
        for inputs, future in group:
            last = first + _num_rows(inputs)
            _set(future, {name: value[first:last] for name, value in outputs.items()})
            first = last


def _set(future, result=None, error=None):
    if future.done():  # the one who asked has gone
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


def _num_rows(inputs):
    return len(next(iter(inputs.values())))


def _groups(waiting, most):
    """Parts requests so that no group has more rows than one request may have."""
    group, size = [], 0
    for inputs, future in waiting:
        if group and size + _num_rows(inputs) > most:
            yield group
            group, size = [], 0
        group.append((inputs, future))
        size += _num_rows(inputs)
    if group:
        yield group

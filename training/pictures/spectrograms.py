"""Pictures of sound."""

import numpy as np

from .figures import new_figure, pixels_of


def draw_spectrograms(waves, sample_rate: int, columns: int = 3) -> np.ndarray:
    """Draws waves, each above its spectrogram: frequency over time, in decibels.

    Args:
        waves: `[N, T]` floats in [-1, 1].
        sample_rate: int. Samples a second.
        columns: int. How many stand in a row.

    Returns:
        `[H, W, 3]` uint8.

    Example:
    >>> draw_spectrograms(np.zeros([2, 400]), 8000).shape[-1]
    3
    """
    waves = np.asarray(waves, "float64")
    rows = -(-len(waves) // columns)
    figure = new_figure(3 * columns, 4 * rows)
    grid = figure.subplots(2 * rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for i, wave in enumerate(waves):
        top, column = 2 * (i // columns), i % columns
        seconds = np.arange(len(wave)) / sample_rate
        grid[top, column].plot(seconds, wave, linewidth=0.5)
        grid[top, column].set_ylim(-1.0, 1.0)
        _, _, power = _spectrum(wave, sample_rate)
        grid[top + 1, column].imshow(
            power, origin="lower", aspect="auto", vmin=-100.0, vmax=-20.0
        )
    return pixels_of(figure)


def _spectrum(wave, sample_rate):
    """Frequencies, times, and decibels `[frequency, time]`."""
    from scipy.signal import spectrogram

    size = min(256, len(wave))
    frequency, time, power = spectrogram(
        wave, sample_rate, nperseg=size, noverlap=size // 2
    )
    return frequency, time, 10.0 * np.log10(power + 1e-12)

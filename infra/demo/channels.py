"""Several channels at work at once, with a progress bar."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

T = TypeVar("T")
R = TypeVar("R")

console = Console(highlight=False)


def work(label: str, act: Callable[[T], R], tasks: Sequence[T], *, channels: int) -> list[R]:
    """The results of `act` on each of `tasks`, in their order; the first failure ends the work."""
    columns = (TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress, ThreadPoolExecutor(channels) as threads:
        shown = progress.add_task(label, total=len(tasks))
        running = [threads.submit(act, task) for task in tasks]
        try:
            for done in as_completed(running):
                done.result()
                progress.advance(shown)
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise
        return [each.result() for each in running]

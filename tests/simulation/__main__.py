"""Many histories: `python -m tests.simulation --seeds 100`. One that breaks prints how to see it again."""

import argparse
import gc
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "functions"), str(ROOT / "layers" / "bank" / "python")]
# Sets are ordered by hashes of text, which are the machine's chance: a history has its seed's alone.
if os.environ.get("PYTHONHASHSEED") != "0":
    os.execve(sys.executable, sys.orig_argv, {**os.environ, "PYTHONHASHSEED": "0"})

import tests.conftest  # noqa: E402, F401  (the environment that the kernel reads at import)
from tests.simulation.mutants import MUTANTS, Mutant, found  # noqa: E402
from tests.simulation.world import STEPS, Failed, World  # noqa: E402


def main() -> int:
    """Run the histories that the arguments name; 1 where one broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="how many histories")
    parser.add_argument("--seed", type=int, help="this one alone, with its trace")
    parser.add_argument("--first", type=int, default=0, help="the first seed of many")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--mutants", action="store_true", help="break rules on purpose until it shows")
    arguments = parser.parse_args()
    if arguments.mutants:
        return sum(_survived(mutant, arguments.seeds, arguments.steps) for mutant in MUTANTS)
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    broken = sum(
        _broke(seed, arguments.steps) for seed in ([arguments.seed] if arguments.seed is not None else seeds)
    )
    return bool(broken)


def _broke(seed: int, steps: int) -> bool:
    # The kernel makes collections rare, and a world is a large ring.
    gc.collect()
    world, started = World(seed, steps), time.perf_counter()
    try:
        world.run()
    except Failed as failed:
        print(failed)
        return True
    took = time.perf_counter() - started
    print(f"seed {seed}: {world.summary()}, {took:.1f} s")
    return False


def _survived(mutant: Mutant, seeds: int, steps: int) -> bool:
    shown = found(mutant, range(seeds), steps)
    print(
        f"{mutant.name}: " + (f"seed {shown[0]}: {shown[1][:200]}" if shown else f"not seen in {seeds} seeds")
    )
    return shown is None


if __name__ == "__main__":
    sys.exit(main())

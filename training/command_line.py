"""`python -m training run | figure | budget`: options, errors for people, exit codes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import get_args

from training.checkpoint import CheckpointError
from training.data import DATASETS, DataError
from training.loop import DivergedError
from training.networks import NETWORKS
from training.run_directory import RunError
from training.settings import Precision, Schedule, Settings

STOPPED = 75  # the run is not finished: call again (EX_TEMPFAIL, as batch systems know it)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command; 0 done, 1 failed with a sentence, 2 wrong usage, 75 out of time with work left."""
    args = parser().parse_args(argv)
    if args.threads:
        import torch

        torch.set_num_threads(args.threads)
    try:
        return int(args.command(args))
    except (DataError, RunError, CheckpointError, DivergedError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
    except OSError as error:
        print(f"error: {error.filename or 'a file'}: {error.strerror or error}", file=sys.stderr)
    return 1


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m training", description="Neural collapse of trained networks.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands)
    return top


def _add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    run = commands.add_parser(
        "run", help="train one network, or go on with a run", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    run.set_defaults(command=_run)
    add_launch_options(run)
    run.add_argument("--out", type=Path, help="run directory; default: runs/NAME, by the settings")
    run.add_argument("--resume", action="store_true", help="go on with a run; an error if there is none")
    run.add_argument("--time-limit", type=float, metavar="SECONDS", help="stop at the end of an epoch before this")
    run.add_argument("--tensorboard", action="store_true", help="also write files for TensorBoard")
    group = run.add_argument_group("settings; the defaults are the paper's")
    group.add_argument("--network", choices=NETWORKS, default=Settings.network)
    group.add_argument("--dataset", choices=DATASETS, default=Settings.dataset)
    for name, kind in (("epochs", int), ("seed", int), ("batch", int), ("learning_rate", float), ("momentum", float)):
        group.add_argument(_option(name), type=kind, default=getattr(Settings, name))
    group.add_argument("--weight-decay", type=float, default=Settings.weight_decay)
    group.add_argument("--schedule", choices=get_args(Schedule), default=Settings.schedule, help="of the learning rate")
    group.add_argument("--width", type=float, default=Settings.width, help="factor of the sizes of all layers")
    group.add_argument("--features", type=int, help="dimension of the features, by a bottleneck")
    group.add_argument("--bias", action=argparse.BooleanOptionalAction, default=Settings.bias, help="of the last layer")
    group.add_argument("--per-class", type=int, help="train on the first so many images of each class")
    group.add_argument("--balanced", action="store_true", help="cut all classes to the size of the smallest")
    group.add_argument("--label-noise", type=float, default=Settings.label_noise, help="share of wrong labels")
    group.add_argument("--precision", choices=get_args(Precision), default=Settings.precision)
    group.add_argument("--kkt", action="store_true", help="also track KKT residual and duality gap of (3.1)")
    group.add_argument("--compile", dest="compiled", action="store_true", help="torch.compile the network")


def add_launch_options(command: argparse.ArgumentParser) -> None:
    """The options that say where and how, not what."""
    command.add_argument("--data", type=Path, help="directory of the data sets; default: the variable NCVERIFY_DATA")
    command.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    command.add_argument("--threads", type=int, help="threads on the CPU")
    command.add_argument("--checkpoint-seconds", type=float, default=60.0, help="at least this far apart")


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _run(args: argparse.Namespace) -> int:
    from training.runner import Launch, run, stopped_sentence

    settings = Settings(**{field.name: getattr(args, field.name) for field in fields(Settings)})
    out = args.out or Path("runs") / settings.name
    launch = Launch(
        out=out,
        data=args.data,
        device=args.device,
        time_limit=args.time_limit,
        checkpoint_seconds=args.checkpoint_seconds,
        must_exist=args.resume,
        tensorboard=args.tensorboard,
    )
    ended = run(settings, launch)
    first = os.environ.get("RANK", "0") == "0"
    if ended.result is None:
        if first:
            print(stopped_sentence(ended, settings))
        return STOPPED
    if first:
        print(f"done: {out / 'result.json'}")
    return 0

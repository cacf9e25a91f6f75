"""`python -m training run | figure | budget | minority | geometry`: options, errors for people, exit codes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args

from ncverify.interrupted import forget_interrupt
from ncverify.literature.ulpm_2022.figures import PANELS
from ncverify.text import one_line
from training.checkpoint import CheckpointError
from training.data import DATASETS, DataError
from training.experiments import CONTROLS, RESULTS, SCALES, Place, carry_out, plan, read_result, settings_of
from training.figures import draw
from training.geometry import add_geometry
from training.loop import DivergedError
from training.minority import add_minority
from training.networks import NETWORKS, TITLES
from training.objectives import Loss
from training.processes import lost_another, processes
from training.run_directory import RunError, RunInUseError
from training.settings import Precision, Schedule, Settings
from training.tables import controls_table, run_table

UNEXPECTED, USAGE, ENVIRONMENT, INTERRUPTED = 1, 2, 3, 130
STOPPED = 75  # the run is not finished: call again (EX_TEMPFAIL, as batch systems know it)

EPILOG = """\
exit codes:
  0    done
  1    a run failed: its loss is not finite, or one run of several has no result
  2    wrong usage, missing or damaged data, or a folder that holds another run
  3    the environment: no room on the disk, no permission, no memory, another process in the run's folder, or no
       checkpoint that is whole
  75   out of time with work left: call again
  130  interrupted
several processes: python -m training.launch TORCHRUN-OPTIONS -m training ... ends with these, torchrun does not"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit code, one of those in `EPILOG`; an error is one line on standard error."""
    args = parser().parse_args(argv)
    if args.threads:
        import torch

        torch.set_num_threads(args.threads)
    try:
        with processes(args.device) as group:
            code = int(args.command(args))
            sys.stdout.flush()
            return int(group.agreed(code))  # no process leaves before the first has written everything
    except KeyboardInterrupt:
        forget_interrupt()
        print("error: interrupted; the same command goes on from the last checkpoint", file=sys.stderr)
        return INTERRUPTED
    except DivergedError as error:
        code, text = UNEXPECTED, str(error)
    except (RunInUseError, CheckpointError) as error:
        code, text = ENVIRONMENT, str(error)
    except (DataError, RunError, ValueError) as error:
        code, text = ENVIRONMENT if isinstance(error.__cause__, ImportError) else USAGE, str(error)
    except MemoryError:
        code, text = ENVIRONMENT, "out of memory"
    except OSError as error:
        code, text = ENVIRONMENT, f"{error.filename or 'a file'}: {error.strerror or error}"
    except RuntimeError as error:
        if not lost_another(error):
            raise
        code, text = UNEXPECTED, "another process has ended; its own message says why"
    print(f"error: {one_line(text)}", file=sys.stderr)
    return code


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="python -m training",
        description="Neural collapse of trained networks.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands)
    figure = commands.add_parser("figure", help="train or go on with the runs of a figure, draw it, tell what it shows")
    figure.set_defaults(command=_figure)
    figure.add_argument("number", type=int, choices=(1, 3, 4, 5, 6, 7, 8))
    figure.add_argument("--scale", choices=SCALES, default="full", help="as the paper, or smaller")
    figure.add_argument("--draw-only", action="store_true", help="train nothing, use stored results")
    budget = commands.add_parser("budget", help="go on with a whole plan of runs until a budget of time is spent")
    budget.set_defaults(command=_budget)
    budget.add_argument("--plan", choices=(*SCALES, "controls"), default="full")
    budget.add_argument("--seconds", type=float, required=True, help="the budget; call again to go on")
    for command in (figure, budget):
        add_launch_options(command)
        command.add_argument("--runs", type=Path, default=Path("runs"), help="run directories")
        command.add_argument("--results", type=Path, default=RESULTS, help="result files and drawings")
        command.add_argument("--epochs", type=int, help="in the place of the plan's number")
        command.add_argument("--seed", type=int, default=0)
        command.add_argument("--precision", choices=get_args(Precision), default=Settings.precision)
        command.add_argument("--compile", dest="compiled", action="store_true")
        command.add_argument("--quiet", action="store_true", help="one line for each run")
    add_minority(commands)
    add_geometry(commands)
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
    group.add_argument("--loss", choices=get_args(Loss), default=Settings.loss)
    group.add_argument("--mse-weight", type=float, default=Settings.mse_weight, help="own class, with --loss mse")
    group.add_argument("--mse-target", type=float, default=Settings.mse_target, help="own class, with --loss mse")
    group.add_argument("--temperature", type=float, default=Settings.temperature, help="with --loss supcon")


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
    if ended.result is None:
        _say(stopped_sentence(ended, settings))
        return STOPPED
    _say(f"done: {out / 'result.json'}")
    return 0


def _say(sentence: str) -> None:
    """A line on the screen, from the first process alone."""
    if os.environ.get("RANK", "0") == "0":
        print(sentence, flush=True)


def _place(args: argparse.Namespace) -> Place:
    return Place(args.runs, args.results, args.data, args.device, args.checkpoint_seconds, args.quiet)


def _figure(args: argparse.Namespace) -> int:
    panels = [panel for panel in PANELS if panel.figure == args.number]
    settings = _varied(list(dict.fromkeys(settings_of(panel, args.scale, args.seed) for panel in panels)), args)
    place, left, failed = _place(args), 0, 0
    if not args.draw_only:
        left, failed = carry_out(settings, place, None, _say)
    results = {setting: read_result(place.result_of(setting)) for setting in settings}
    rows = {
        f"{TITLES[setting.network]}, {setting.dataset}": result
        for setting, result in results.items()
        if result is not None
    }
    if rows and os.environ.get("RANK", "0") == "0":
        for result in rows.values():
            print("\n" + run_table(result))
        print(f"\ndrawn: {draw(rows, args.results / 'figures' / f'figure-{args.number}-{args.scale}.svg')}")
    for setting in (setting for setting, result in results.items() if result is None):
        _say(f"missing: {setting.name}; without --draw-only it is trained")
    return 1 if failed or not rows else STOPPED if left else 0


def _budget(args: argparse.Namespace) -> int:
    settings = _varied(plan(args.plan, args.seed), args)
    left, failed = carry_out(settings, _place(args), args.seconds, _say)
    _say(f"{len(settings) - left - failed} of {len(settings)} runs have results; {left} to go on with; {failed} failed")
    if args.plan == "controls" and not left and not failed:
        results = {
            name: read_result(args.results / f"{setting.name}.json")
            for name, setting in zip(CONTROLS, settings, strict=True)
        }
        _say("\n" + controls_table({name: result for name, result in results.items() if result}))
    return 1 if failed else STOPPED if left else 0


def _varied(settings: list[Settings], args: argparse.Namespace) -> list[Settings]:
    """The runs with the precision and the number of epochs of the command line."""
    changes: dict[str, Any] = {"precision": args.precision, "compiled": args.compiled}
    changes |= {"epochs": args.epochs} if args.epochs else {}
    return [replace(setting, **changes) for setting in settings]

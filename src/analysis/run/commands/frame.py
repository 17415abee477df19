"""What the command line says by itself, its helps and its refusals, in the language that is spoken."""

import inspect
import re
import sys
from collections.abc import Iterator

import typer
from rich.table import Table
from typer.core import TyperArgument, TyperCommand, TyperGroup

from analysis.policy.messages import mark, say
from analysis.run.commands.terminal import PlainConsole

# Typer says these in English, values included.
_TYPERS_WORDS = (
    mark("Show this message and exit."),
    mark("Missing argument '{name}'."),
    mark("Missing option '{name}'."),
    mark("Missing command."),
    mark("No such command '{name}'. Did you mean {known}?"),
    mark("No such command '{name}'."),
    mark("No such option: {name} (Possible options: {known})"),
    mark("No such option: {name}"),
    mark("Got unexpected extra argument(s) ({found})"),
    mark("Option '{name}' requires an argument."),
    mark("Option '{name}' does not take a value."),
)


def run_app(app: typer.Typer) -> None:
    """Run the command line; exit with the code of what typer refuses, told with where help is."""
    command = typer.main.get_command(app)
    _say_helps(command)
    errors = PlainConsole(soft_wrap=True, stderr=True)
    try:
        sys.exit(command(standalone_mode=False, prog_name="analysis"))
    except typer.TyperException as error:
        if type(error).__name__ != "NoArgsIsHelpError":  # the help was printed
            errors.print(f"analysis: {_tell_slip(error.format_message())}", style="red")
            if context := getattr(error, "ctx", None):
                errors.print(say("help: {command} --help").format(command=context.command_path))
        sys.exit(error.exit_code)
    except typer.Abort:
        errors.print(say("Aborted."), style="red")
        sys.exit(1)


def _say_helps(command: TyperCommand | TyperGroup) -> None:
    """Let a command and those below it print their helps here: typer's tables cut lines without spaces short."""
    command.format_help = lambda context, _formatter: _print_help(command, context)
    for each in getattr(command, "commands", {}).values():
        _say_helps(each)


def _print_help(command: TyperCommand | TyperGroup, context: typer.Context) -> None:
    parameters = command.get_params(context)
    arguments = [each for each in parameters if isinstance(each, TyperArgument)]
    options = [each for each in parameters if each not in arguments]
    commands = getattr(command, "commands", {})
    named = [name if each.required else f"[{name}]" for each in arguments for name in [_name(each)]]
    usage = " ".join([context.command_path, say("[OPTIONS]"), *named, *([say("COMMAND …")] if commands else [])])
    console = PlainConsole()
    console.print(say("Usage: {usage}").format(usage=usage))
    console.print(f"\n{_say_help(command.help)}")
    for head, rows in (
        (say("Arguments:"), [(_name(each), _describe(each)) for each in arguments]),
        (say("Options:"), [(_name(each), _describe(each)) for each in options]),
        (say("Commands:"), [(name, _say_help(each.help)) for name, each in commands.items()]),
    ):
        if rows:
            table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2))
            table.add_column(no_wrap=True)
            table.add_column(overflow="fold")
            for row in rows:
                table.add_row(*row)
            console.print(f"\n{head}")
            console.print(table)


def _say_help(text: str | None) -> str:
    return say(inspect.cleandoc(text)) if text else ""


def _name(parameter) -> str:
    return (parameter.metavar or parameter.name).upper() if isinstance(parameter, TyperArgument) else parameter.opts[0]


def _describe(parameter) -> str:
    return "".join([_say_help(parameter.help), *_say_default(parameter)])


def _say_default(parameter) -> Iterator[str]:
    told = parameter.show_default
    if parameter.required:
        yield say(" (required)")
    elif isinstance(told, str):
        yield say(" (default: {default})").format(default=say(told))
    elif isinstance(parameter.default, str | int) and parameter.default:
        yield say(" (default: {default})").format(default=parameter.default)


def _tell_slip(told: str) -> str:
    for slip in _TYPERS_WORDS:
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(slip))
        if found := re.fullmatch(pattern, told):
            return say(slip).format(**found.groupdict())
    if found := re.match("Invalid value for '(.+?)': ", told):  # what follows is said in a library's words
        return say("the value of {name} cannot be read").format(name=found[1])
    return told

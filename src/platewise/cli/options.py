"""A verb's options as one frozen dataclass: a verb with twelve options is still a function of one value."""

import inspect
from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from typing import Any, TypeVar, get_type_hints

Options = TypeVar("Options")


def takes(options: type[Options]) -> Callable[[Callable[[Options], None]], Callable[..., None]]:
    """Return a decorator; typer sees the fields of ``options`` as parameters, the verb gets one value.

    Every field is an ``Annotated[type, typer.Option(...)]`` or ``Argument``; without a default it is needed.
    Those that go by name only are told last.
    """
    hints = get_type_hints(options, include_extras=True)
    kind = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter(f.name, kind, default=_default(f), annotation=hints[f.name])
        for f in sorted(fields(options), key=lambda f: bool(f.kw_only))  # type: ignore[arg-type]
    ]

    def decorate(verb: Callable[[Options], None]) -> Callable[..., None]:
        """Return the function that typer calls in place of the verb."""

        def command(**given: Any) -> None:
            """Call the verb with its options."""
            verb(options(**given))

        command.__name__, command.__doc__ = verb.__name__, verb.__doc__
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = dict(hints)
        return command

    return decorate


def _default(f: "Field[Any]") -> Any:
    if f.default is not MISSING:
        return f.default
    return f.default_factory() if f.default_factory is not MISSING else inspect.Parameter.empty

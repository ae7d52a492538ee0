"""docs/why/architecture.md, measured. There is no exception list: a breach is repaired, not excused."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

import platewise

SOURCE = Path(__file__).resolve().parent.parent / "src"
MOST_FILE_LINES, MOST_FUNCTION_LINES, MOST_PARAMETERS = 300, 40, 6

LAYERS = (  # low to high: a module imports lower lines and its own room, never a neighbour on its line
    {"errors", "clock", "settings"},
    {"core"},
    {"regions", "register"},
    {"vision", "tracking", "synth", "store", "dialects"},
    {"train", "gatehouse"},
    {"web", "bot", "ingest", "outputs", "batch"},
    {"bootstrap", "cli", "compat", "__main__", "__init__"},
)
OWNERS = {  # which rooms may import a library
    "torch": {"train"},
    "flask": {"web"},
    "sqlalchemy": {"store"},
    "ray": {"batch"},
    "numpy": {"core", "regions", "vision", "tracking", "synth", "train", "ingest", "batch"},
}
CLOCK_CALLS = {
    "time.time",
    "time.monotonic",
    "time.perf_counter",
    "time.process_time",
    "datetime.now",
    "datetime.utcnow",
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One source file: its dotted name, text and syntax tree."""

    name: str
    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text("utf-8"))

    @property
    def room(self) -> str:
        return [*self.name.split("."), "__init__"][1]

    @property
    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))


def _find_modules() -> dict[str, Module]:
    paths = sorted((SOURCE / "platewise").rglob("*.py"))
    names = (".".join(p.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__") for p in paths)
    return {name: Module(name, path) for name, path in zip(names, paths, strict=True)}


MODULES = _find_modules()
every_module = pytest.mark.parametrize("module", MODULES.values(), ids=MODULES)


def _imports(module: Module) -> Iterator[str]:
    """Yield the full names a module imports anywhere, those for type checking included: types couple too."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            stem = _stem(module, node)
            yield from (f"{stem}.{a.name}" if f"{stem}.{a.name}" in MODULES else stem for a in node.names)


def _stem(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".") + (["__init__"] if module.path.name == "__init__.py" else [])
    return ".".join(parts[: len(parts) - node.level] + ([node.module] if node.module else []))


def _own_imports(module: Module) -> set[str]:
    """Return the modules of this package that a module imports."""
    found = set()
    for full in _imports(module):
        while full and full not in MODULES:
            full = full.rpartition(".")[0]
        if full and full != module.name:
            found.add(full)
    return found


def _rank(room: str) -> int:
    return next(i for i, rooms in enumerate(LAYERS) if room in rooms)


@every_module
def test_files_are_short(module: Module) -> None:
    assert module.path.read_text("utf-8").count("\n") <= MOST_FILE_LINES


@every_module
def test_functions_are_short_and_take_few_parameters(module: Module) -> None:
    for function in module.functions:
        assert function.end_lineno is not None
        lines = function.end_lineno - function.lineno + 1
        assert lines <= MOST_FUNCTION_LINES, f"{function.name} has {lines} lines"
        names = [a.arg for a in function.args.args + function.args.kwonlyargs]
        taken = [name for name in names if name not in ("self", "cls")]
        assert len(taken) <= MOST_PARAMETERS, f"{function.name} takes {taken}"


@every_module
def test_public_functions_tell_what_they_do_and_return(module: Module) -> None:
    assert ast.get_docstring(module.tree), "the module has no docstring"
    for function in module.functions:
        if not function.name.startswith("_"):
            assert ast.get_docstring(function), f"{function.name} has no docstring"
            assert function.returns, f"{function.name} has no return type"


@every_module
def test_imports_run_downwards(module: Module) -> None:
    for other in _own_imports(module):
        room = MODULES[other].room
        same_room = room == module.room
        assert same_room or _rank(room) < _rank(module.room), f"{module.name} imports {other}"


@every_module
def test_libraries_stay_with_their_owners(module: Module) -> None:
    for library in {full.split(".")[0] for full in _imports(module)}:
        assert module.room in OWNERS.get(library, {module.room}), f"{module.name} imports {library}"


@every_module
def test_only_the_clock_asks_for_the_time(module: Module) -> None:
    if module.room == "clock":
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute):
            assert ".".join(ast.unparse(node).split(".")[-2:]) not in CLOCK_CALLS, "ask platewise.clock"
        assert not (isinstance(node, ast.ImportFrom) and node.module == "time"), "ask platewise.clock"


def test_no_import_cycles() -> None:
    waiting = {name: _own_imports(module) for name, module in MODULES.items()}
    while leaves := [name for name, needs in waiting.items() if not needs & waiting.keys()]:
        for name in leaves:
            del waiting[name]
    assert not waiting, f"these import each other, or a module that does: {sorted(waiting)}"


def test_importing_the_face_loads_nothing_heavy() -> None:
    heavy = ["flask", "torch", "sqlalchemy", "ray", "matplotlib", "pandas"]
    program = f"import platewise, sys; print([m for m in {heavy} if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"


def test_the_face_exports_what_it_names() -> None:
    assert sorted(platewise.__all__) == sorted(set(platewise.__all__))
    for name in platewise.__all__:
        assert getattr(platewise, name).__doc__, f"platewise.{name} is exported without a docstring"

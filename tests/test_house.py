"""The rules that every module keeps: what may import what, how large things are, what is absent."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "qa"
MODULES = sorted(PACKAGE.rglob("*.py"))
HEAVY = ("torch", "sentence_transformers", "transformers", "faiss", "tantivy", "onnxruntime")

# Each library is imported by the modules named here and by nobody else; "web/" is a whole folder.
DOORS = {
    "PIL": ("documents/formats/",),
    "Stemmer": ("text.py",),
    "charset_normalizer": ("documents/",),
    "docx": ("exports/word.py",),
    "faiss": ("index/dense.py",),
    "gradio": ("web/",),
    "httpcore": ("documents/connecting.py", "documents/downloading.py"),
    "httpx": ("documents/downloading.py",),
    "huggingface_hub": ("models/torch_reader.py",),
    "ir_measures": ("evaluation/measures.py",),
    "jinja2": ("evaluation/report.py",),
    "lxml": ("documents/formats/html", "documents/formats/archive.py"),
    "markdown_it": ("documents/formats/markdown.py",),
    "numpy": ("",),
    "onnx": ("models/compiling.py",),
    "onnxruntime": ("models/compiling.py",),
    "openai": ("models/generator.py",),
    "pydantic": ("exports/strict.py",),
    "pypdfium2": ("documents/formats/pdf_",),
    "pytesseract": ("documents/formats/ocr.py",),
    "sentence_transformers": ("models/encoder.py", "models/reranker.py"),
    "starlette": ("web/",),
    "sqlite3": ("index/ledger.py",),
    "tantivy": ("index/lexical.py",),
    "threadpoolctl": ("threads.py",),
    "tokenizers": ("models/compiling.py",),
    "torch": ("models/compiled.py", "models/compiling.py", "models/torch_reader.py"),
    "tqdm": ("terminal.py",),
    "transformers": ("models/encoder.py", "models/torch_reader.py"),
    "trafilatura": ("documents/formats/html.py",),
    "uvicorn": ("web/",),
    "yaml": ("documents/formats/markdown.py",),
}
UNPICKLERS = {"pickle", "marshal", "shelve", "dill", "joblib", "cloudpickle"}
SHOWN_BY = ("cli.py", "terminal.py")
LONGEST_MODULE = 400
LONGEST_FUNCTION = 45

REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("pytorch", "org"),
        ("huggingface", "co"),
        ("anaconda", "org"),
        ("npmjs", "org"),
    )
]
ONE_MACHINE = re.compile(r"(?<![\w.:/~-])/(?:work|root|home/\w+|Users/\w+|opt/\w+)/")
BINARY = {".png", ".pdf", ".onnx", ".ico", ".woff2"}


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def imports(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Every absolute import under a node, wherever it stands, and those made by name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, node
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            first = node.args[0]
            if isinstance(first, ast.Constant):
                yield str(first.value), node


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def python(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        cwd=ROOT,
    )
    return done.stdout


@pytest.mark.parametrize("module", ["qa", "qa.cli"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    loaded = python(f"import sys, {module}; print(*sys.modules)").split()
    assert not {name.partition(".")[0] for name in loaded} & {*HEAVY, "gradio"}


def test_importing_loads_little() -> None:
    # What keeps `import qa` quick: a stemmer, and else what Python itself brings.
    code = "import sys; before = {*sys.modules}; import qa; print(*{*sys.modules} - before)"
    libraries = {name.partition(".")[0] for name in python(code).split()} - sys.stdlib_module_names
    assert {name for name in libraries if not name.startswith(("_", "cython"))} == {"qa", "Stemmer"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_one_door_a_library(path: Path) -> None:
    for module, _ in imports(tree_of(path)):
        library = module.partition(".")[0]
        if library == "qa" or (library in sys.stdlib_module_names and library not in DOORS):
            continue
        assert library in DOORS, f"{library} has no door yet: name one"
        assert name_of(path).startswith(DOORS[library]), f"{library} has its door elsewhere"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_folder_is_entered_through_its_init(path: Path) -> None:
    here = path.relative_to(PACKAGE).parts[0]
    for module, _ in imports(tree_of(path)):
        parts = module.split(".")
        if parts[0] == "qa" and len(parts) > 2:
            assert parts[1] == here, f"{module} is inside another folder"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_import_of_the_house_hides_in_a_function(path: Path) -> None:
    if name_of(path) == "__init__.py":
        return  # the public names come with their first use, which is what keeps `import qa` quick
    for function in functions(tree_of(path)):
        for module, _ in imports(function):
            assert module.partition(".")[0] != "qa", f"{function.name} imports {module}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_is_unpickled(path: Path) -> None:
    tree = tree_of(path)
    assert not {module.partition(".")[0] for module, _ in imports(tree)} & UNPICKLERS
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            assert isinstance(node.value, ast.Constant)
            assert node.value.value is False


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_the_library_prints_nothing(path: Path) -> None:
    printing = [
        node.lineno
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "sys.stdout.write")
    ]
    assert not printing or name_of(path) in SHOWN_BY


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize(
    "path", [*MODULES, ROOT / "app.py"], ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_MODULE
    for function in functions(ast.parse(text)):
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        assert lines <= LONGEST_FUNCTION, f"{function.name} has {lines} lines"


def tracked_files() -> list[Path]:
    """What a clone holds: every file that git knows or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and path.suffix not in BINARY]


def test_no_file_names_a_registry_or_a_folder_of_one_machine() -> None:
    found = []
    for path in tracked_files():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if any(host in line for host in REGISTRIES) or ONE_MACHINE.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    assert found == []


def pins() -> list[Requirement]:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def test_the_lock_pins_torch_first_and_every_version_exactly() -> None:
    locked = pins()
    assert str(locked[0]) == "torch==2.13.0"
    for pin in locked:
        (specifier,) = pin.specifier
        assert specifier.operator == "=="
        assert "+" not in specifier.version
        assert not re.match(r"nvidia|cuda|triton", pin.name)


def test_the_lock_holds_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        asked += extra
    locked = {canonicalize_name(pin.name): next(iter(pin.specifier)).version for pin in pins()}
    for need in map(Requirement, asked):
        version = locked.get(canonicalize_name(need.name))
        assert version is not None, f"{need.name} is not in requirements.lock: make lock"
        assert need.specifier.contains(version), f"{need} is not met by {version}: make lock"

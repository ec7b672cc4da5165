"""Compiles the reference engine: every `pyengine/**/X.py` becomes `pyengine._compiled.**.X`.

Metadata is in pyproject.toml.  Here is what cannot be said there: the extension modules, found by
looking at the folder, and the packages that live outside the folder of their name.
"""

import json
import os
import platform
import runpy
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from setuptools import Extension, find_packages, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
PYENGINE = ROOT / "pyengine"
SOURCES = runpy.run_path(str(PYENGINE / "_compiled" / "_sources.py"))

# No fused multiply-add and no reordering: both would change the last bits of a price.
FLAGS = {"unix": ["-O3", "-ffp-contract=off", "-g0"], "msvc": ["/O2", "/fp:precise"]}
DIRECTIVES = {
    "language_level": 3,
    # 2 ** -1 is 0.5, as in Python; without it `**` of C integers gives an integer.
    "cpow": True,
    # Annotations are for readers and mypy; C types come from the .pxd files only.
    "annotation_typing": False,
    "embedsignature": False,
    "boundscheck": True,
    # Read of None, an attribute of a C struct would end the process instead of raising.
    "nonecheck": True,
    "binding": True,
}
# Passes over whole columns: what they are given is checked once before, not for each number.
# With a test at every number a pass takes about twice as long.
PASSES = ("bars", "crosses", "equity_curve", "indicators.ema", "signal_rows", "stretches")
UNCHECKED = {
    "boundscheck": False, "wraparound": False, "initializedcheck": False, "nonecheck": False,
}  # fmt: skip
# A build that looks for what a quick one overlooks: integers that overflow, attributes of None.
CHECKED = os.environ.get("FILLPROOF_CHECKED_CYTHON", "0") not in {"", "0"}
CHECKS = {"overflowcheck": True, "nonecheck": True, "initializedcheck": True, "wraparound": True}
if CHECKED:
    DIRECTIVES |= CHECKS
# Worker processes that are not forked would run this file again.
CAN_FORK = sys.platform == "linux" and sys.version_info < (3, 14)
REQUIRED = os.environ.get("FILLPROOF_REQUIRE_CYTHON", "0") not in {"", "0"}


def packages() -> list[str]:
    """Name all packages, without tests."""
    found = []
    for folder, package in (
        ("fillproof", "fillproof"),
        ("pyengine", "pyengine"),
        ("conformance", "fillproof.conformance"),
        ("golden", "fillproof.golden"),
    ):
        found += [package, *(f"{package}.{name}" for name in find_packages(folder))]
    return sorted(name for name in found if "tests" not in name.split("."))


def mirror_packages() -> None:
    """Copy the `__init__.py` of pyengine's subpackages to `_compiled`, where the same must hold."""
    for module in SOURCES["twin_modules"](PYENGINE):
        folders = module.split(".")[:-1]
        for depth in range(1, len(folders) + 1):
            source = PYENGINE.joinpath(*folders[:depth], "__init__.py")
            target = PYENGINE.joinpath("_compiled", *folders[:depth], "__init__.py")
            target.parent.mkdir(parents=True, exist_ok=True)
            content = source.read_bytes() if source.is_file() else b""
            if not target.is_file() or target.read_bytes() != content:
                target.write_bytes(content)


def extensions() -> list[Extension]:
    """Make one extension of each module of the reference engine."""
    return [
        Extension(
            f"pyengine._compiled.{module}",
            [path.relative_to(ROOT).as_posix()],
            optional=not REQUIRED,
        )
        for module, path in SOURCES["twin_modules"](PYENGINE).items()
    ]


class BuildFresh(build_py):
    """Copies the Python modules, never beside the leftovers of an earlier build."""

    def run(self) -> None:
        if not self.editable_mode:
            shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()


class BuildTwins(build_ext):
    """Builds what changed, goes on without a C compiler, and leaves a record of what it built."""

    def finalize_options(self) -> None:
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()
        self.failed: dict[str, str] = {}
        if self.inplace or self.editable_mode:
            # A development build keeps its objects, so that the next one compiles only changes.
            keep = ROOT / "build" / f"{sys.implementation.cache_tag}-{self.plat_name}"
            self.build_lib, self.build_temp = str(keep / "lib"), str(keep / "objects")

    def run(self) -> None:
        self.hashes = {m: SOURCES["source_hash"](PYENGINE, m) for m in self._modules()}
        self._drop_changed()
        self._to_c()
        try:
            super().run()
        except Exception as error:
            # By system a missing compiler is a CompileError, OSError or DistutilsPlatformError.
            if REQUIRED:
                raise
            self.failed |= {m: _text(error) for m in self._modules() if m not in self._built()}
        self._write_record()

    def build_extensions(self) -> None:
        self.flags = FLAGS["msvc" if self.compiler.compiler_type == "msvc" else "unix"]
        for extension in self.extensions:
            extension.extra_compile_args = self.flags
        super().build_extensions()

    def build_extension(self, ext: Extension) -> None:
        try:
            super().build_extension(ext)
        except Exception as error:
            if REQUIRED:
                raise
            self.failed[_module(ext)] = _text(error)

    def _modules(self) -> list[str]:
        return [_module(extension) for extension in self.extensions]

    def _library(self, folder: str | Path, module: str) -> Path:
        return Path(folder) / self.get_ext_filename(f"pyengine._compiled.{module}")

    def _built(self) -> list[str]:
        return [m for m in self._modules() if self._library(self.build_lib, m).is_file()]

    def _record_path(self) -> Path:
        return Path(self.build_lib, "pyengine", "_compiled", "_build_info.json")

    def _drop_changed(self) -> None:
        """Delete libraries whose sources differ from the record: times of files can lie."""
        try:
            last = json.loads(self._record_path().read_text(encoding="utf-8"))
        except (OSError, ValueError):
            last = {}
        same_tools = (
            last.get("cython") == _cython_version()
            and last.get("compiler") == _compiler()
            and last.get("checked", False) == CHECKED
        )
        folders = [self.build_lib] + ([ROOT] if self.inplace or self.editable_mode else [])
        for module, digest in self.hashes.items():
            if not same_tools or last.get("modules", {}).get(module) != digest:
                for folder in folders:
                    self._library(folder, module).unlink(missing_ok=True)
                Path("build", "cython", "pyengine", *module.split(".")).with_suffix(".c").unlink(
                    missing_ok=True
                )

    def _to_c(self) -> None:
        """Translate to C; `cythonize` loses `optional`, so only its sources are taken."""
        from Cython.Build import cythonize

        if not self.extensions:
            return
        made = []
        for passes in (False, True):
            directives = DIRECTIVES | (UNCHECKED if passes and not CHECKED else {})
            made += cythonize(
                [
                    Extension(e.name, list(e.sources))
                    for e in self.extensions
                    if (_module(e) in PASSES) is passes
                ],
                build_dir="build/cython",
                compiler_directives=directives,
                nthreads=self.parallel if CAN_FORK else 0,
                show_all_warnings=False,
            )
        by_name = {extension.name: extension for extension in made}
        for extension in self.extensions:
            extension.sources = by_name[extension.name].sources

    def _write_record(self) -> None:
        built = self._built()
        record = {
            "version": self.distribution.get_version(),
            "python": platform.python_version(),
            "cython": _cython_version(),
            "compiler": _compiler(),
            "flags": getattr(self, "flags", []),
            "checked": CHECKED,
            "modules": {m: self.hashes[m] for m in built},
            "failed": self.failed,
        }
        text = json.dumps(record, indent=1, sort_keys=True) + "\n"
        target = self._record_path()
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        if self.inplace or self.editable_mode:
            shutil.copyfile(target, PYENGINE / "_compiled" / "_build_info.json")


def _module(extension: Extension) -> str:
    return extension.name.removeprefix("pyengine._compiled.")


def _text(error: BaseException) -> str:
    """Give the reason without the command, which names folders of the machine that built this."""
    print(f"not compiled: {error}", file=sys.stderr)
    return f"{type(error).__name__}: the C compiler failed or is missing"


def _cython_version() -> str:
    import Cython

    return Cython.__version__


def _compiler() -> str:
    """Name the C compiler by the first line that it says of itself."""
    command = os.environ.get("CC") or sysconfig.get_config_var("CC") or "cl"
    try:
        said = subprocess.run(
            [*command.split(), "--version"], capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return said.stdout.splitlines()[0] if said.stdout else ""


mirror_packages()
setup(
    packages=packages(),
    package_dir={"fillproof.conformance": "conformance", "fillproof.golden": "golden"},
    ext_modules=extensions(),
    cmdclass={"build_ext": BuildTwins, "build_py": BuildFresh},
)

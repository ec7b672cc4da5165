"""Choosing a backend is loud: what was asked for runs, or nothing does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fillproof import backends, discovery, staleness
from fillproof.errors import BackendUnavailable, ConfigError

from .helpers import BLOCK, python

NO_RUST = BLOCK.format(blocked=["rsengine", "rsengine._rsengine"])
PURE = BLOCK.format(blocked=["rsengine", "rsengine._rsengine", "pyengine._compiled.event_engine"])
NAME = "from fillproof import EventEngine, build_info; print(build_info()['backend'])"


def test_variable_chooses(backend_name) -> None:
    done = python(NAME, FILLPROOF_BACKEND=backend_name)
    assert done.stdout.strip() == backend_name, done.stderr


def test_without_rust_and_compiler_plain_python_is_taken() -> None:
    done = python(PURE + NAME)
    assert done.stdout.strip() == "python", done.stderr


@pytest.mark.parametrize("name", ["rust", "cython"])
def test_asked_for_and_absent_is_an_error_with_the_cure(name: str) -> None:
    done = python(PURE + "import fillproof.errors\n" + NAME, FILLPROOF_BACKEND=name)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert f"backend {name!r} is not installed" in last
    assert "cure: " in last


@pytest.mark.parametrize("name", ["rust", "cython"])
def test_absent_namespace_is_an_error_however_it_is_asked_for(name: str) -> None:
    for code in (
        f"import fillproof; fillproof.{name}",
        f"from fillproof.{name} import EventEngine",
        f"import fillproof; fillproof.use({name!r})",
    ):
        done = python(PURE + code)
        assert "BackendUnavailable" in done.stderr, code


def test_unknown_backend() -> None:
    with pytest.raises(ConfigError) as caught:
        backends.load("java")
    assert caught.value.code == "BACKEND_UNKNOWN"
    assert "BACKEND_UNKNOWN" not in str(caught.value)
    done = python(NAME, FILLPROOF_BACKEND="java")
    assert "expected one of rust, cython, python" in done.stderr


def test_use_chooses_until_a_class_was_handed_out() -> None:
    code = (
        "import fillproof; fillproof.use('python'); print(fillproof.EventEngine.__module__);"
        "fillproof.use('python');"
        "from fillproof.errors import BackendChosen\n"
        "try: fillproof.use('rust')\n"
        "except BackendChosen as error: print(error.code, error.value, error.expected)"
    )
    done = python(code)
    assert done.stdout.split() == [
        "pyengine.event_engine", "BACKEND_CHOSEN", "rust", "python",
    ], done.stderr  # fmt: skip


def test_use_goes_before_the_variable() -> None:
    code = "import fillproof; fillproof.use('python'); print(fillproof.build_info()['backend'])"
    assert python(code, FILLPROOF_BACKEND="java").stdout.strip() == "python"


def test_an_explicit_namespace_is_no_choice() -> None:
    code = "import fillproof.python as p; p.EventEngine; " + NAME
    done = python(NO_RUST + code, FILLPROOF_BACKEND="python")
    assert done.stdout.strip() == "python", done.stderr
    assert backends._loaded is not None


def test_build_info_has_the_same_keys_everywhere(backend_name) -> None:
    info = backends.build_info(backend_name)
    wanted = {"backend", "version", "build", "compiler", "profile", "source_hash", "module_file"}
    assert wanted <= set(info)
    assert info["backend"] == backend_name
    assert Path(info["module_file"]).is_file()
    json.dumps(info)


def test_the_file_that_runs_is_what_the_backend_claims(backend_name) -> None:
    file = backends.status(backend_name).info["module_file"]
    assert file.endswith(".py") == (backend_name == "python")


def status_with(monkeypatch: pytest.MonkeyPatch, **info: object) -> backends.Status:
    namespace = type(sys)("engine")
    namespace.build_info = lambda: {"version": "0.1.0", **info}  # type: ignore[attr-defined]
    namespace.stale = lambda: info.get("late", [])  # type: ignore[attr-defined]
    monkeypatch.setattr(discovery, "_present", lambda name: (True, ""))
    monkeypatch.setattr(discovery.importlib, "import_module", lambda name: namespace)
    monkeypatch.setattr(discovery, "own_version", lambda: "0.1.0")
    monkeypatch.setattr(backends, "_loaded", {})
    return backends.status("cython")


def test_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = status_with(monkeypatch, version="9.9.9")
    assert (found.state, found.ok) == ("version", False)
    with pytest.raises(BackendUnavailable, match=r"9\.9\.9.*cure") as caught:
        backends.load("cython")
    assert caught.value.code == "BACKEND_UNAVAILABLE"


def test_a_stale_build_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = status_with(monkeypatch, late=["execution"])
    assert found.state == "stale"
    assert "execution" in found.detail
    with pytest.raises(BackendUnavailable, match="out of date"):
        backends.load("cython")


def test_a_build_that_does_not_load_is_broken_not_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> tuple[bool, str]:
        raise ImportError("undefined symbol: PyFoo")

    monkeypatch.setattr(discovery, "_present", fail)
    found = backends.status("rust")
    assert found.state == "broken"
    assert "undefined symbol" in found.detail


def test_stale_is_no_reason_to_take_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    def status(name: str) -> backends.Status:
        return backends.Status(name, "stale" if name == "rust" else "ok", "old", "rebuild")

    monkeypatch.setattr(backends, "status", status)
    monkeypatch.setattr(backends, "_chosen", None)
    monkeypatch.setattr(backends, "_loaded", {})
    monkeypatch.delenv(backends.VARIABLE, raising=False)
    with pytest.raises(BackendUnavailable, match="cure: rebuild"):
        backends.chosen_name()


def test_a_debug_build_warns(monkeypatch: pytest.MonkeyPatch) -> None:
    status_with(monkeypatch, profile="debug")
    with pytest.warns(RuntimeWarning, match="debug build"):
        backends.load("cython")


def test_a_folder_named_rsengine_is_no_backend(tmp_path: Path) -> None:
    (tmp_path / "rsengine").mkdir()
    code = (
        "import sys; sys.path[:0] = [sys.argv[1]];"
        "sys.path_importer_cache.clear();"
        "from fillproof import backends;"
        "import importlib.machinery as m;"
        "print(backends.status('rust').state)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(backends.__file__).parents[1],
    )
    assert done.stdout.strip() == "absent", done.stderr


def test_the_hash_of_rust_sources_sees_names_texts_and_no_line_endings(tmp_path: Path) -> None:
    source = tmp_path / "engine" / "src"
    source.mkdir(parents=True)
    (tmp_path / "python" / "src").mkdir(parents=True)
    empty = staleness.rust_source_hash(tmp_path)
    assert empty == "cbf29ce484222325"
    (source / "lib.rs").write_bytes(b"a\nb\n")
    unix = staleness.rust_source_hash(tmp_path)
    (source / "lib.rs").write_bytes(b"a\r\nb\r\n")
    assert staleness.rust_source_hash(tmp_path) == unix != empty
    (source / "lib.rs").rename(source / "other.rs")
    assert staleness.rust_source_hash(tmp_path) != unix

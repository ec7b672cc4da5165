"""Files made from the registry: rule ids, error tables, docs/rules.md.

`python -m fillproof.conformance.lints.generated` writes them, with `--check` it only compares.
The registry is golden/rules.toml and golden/errors.toml; nobody edits what is made from it.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

COMMAND = "python -m fillproof.conformance.lints.generated"
ROOT = Path(__file__).resolve().parents[2]


def load(root: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Read the registry: all of rules.toml, and the list of errors."""
    golden = root / "golden"
    rules = tomllib.loads((golden / "rules.toml").read_text(encoding="utf-8"))
    errors = tomllib.loads((golden / "errors.toml").read_text(encoding="utf-8"))
    return rules, errors["error"]


def constant(rule_id: str) -> str:
    """Name a rule's constant: X2.gap_stop becomes X2_GAP_STOP."""
    return rule_id.replace(".", "_").upper()


def variant(code: str) -> str:
    """Name an error's Rust variant: PRICE_NOT_FINITE becomes PriceNotFinite."""
    return "".join(word.capitalize() for word in code.split("_"))


def python_string(text: str) -> str:
    """Quote as the formatter would: double quotes unless that needs more escapes."""
    if '"' in text and "'" not in text:
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def rust_string(text: str) -> str:
    """Quote for Rust source."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def python_rule_ids(rules: list[dict[str, Any]]) -> str:
    """pyengine/rule_ids.py."""
    lines = [
        '"""Ids of the rules, as engines write them into what they decide.',
        "",
        f"Generated from golden/rules.toml by `{COMMAND}`.",
        '"""',
        "",
        "# ruff: noqa: S105",
        "",
    ]
    lines += [f'{constant(r["id"])} = "{r["id"]}"' for r in rules]
    lines += ["", "ALL_RULES: tuple[str, ...] = ("]
    lines += [f"    {constant(r['id'])}," for r in rules]
    return "\n".join([*lines, ")", ""])


def python_error_table(errors: list[dict[str, Any]]) -> str:
    """pyengine/error_table.py."""
    lines = [
        '"""Codes of the errors, their classes in fillproof.errors, and their messages.',
        "",
        f"Generated from golden/errors.toml by `{COMMAND}`.",
        '"""',
        "",
    ]
    lines += [f'{e["code"]} = "{e["code"]}"' for e in errors]
    lines += [
        "",
        "# code -> (class, message over {bar} {symbol} {field} {value} {expected})",
        "TABLE: dict[str, tuple[str, str]] = {",
    ]
    for e in errors:
        lines += [
            f"    {e['code']}: (",
            f'        "{e["class"]}",',
            f"        {python_string(e['message'])},  # noqa: E501"
            if len(python_string(e["message"])) > 91
            else f"        {python_string(e['message'])},",
            "    ),",
        ]
    return "\n".join([*lines, "}", ""])


def rust_rule_ids(rules: list[dict[str, Any]]) -> str:
    """rsengine/crates/engine/src/rule_ids.rs."""
    lines = [
        "//! Ids of the rules, as engines write them into what they decide.",
        "//!",
        f"//! Generated from golden/rules.toml by `{COMMAND}`.",
        "",
    ]
    for r in rules:
        lines += [
            f"/// {r['title']}.",
            f'pub const {constant(r["id"])}: &str = "{r["id"]}";',
        ]
    lines += [
        "",
        "/// All of them, in the order of the registry.",
        "pub const ALL_RULES: &[&str] = &[",
    ]
    lines += [f"    {constant(r['id'])}," for r in rules]
    return "\n".join([*lines, "];", ""])


def rust_error_table(errors: list[dict[str, Any]]) -> str:
    """rsengine/crates/engine/src/error_table.rs."""

    def arms(pick: Any) -> list[str]:
        out = []
        for e in errors:
            name, text = variant(e["code"]), rust_string(pick(e))
            line = f"            Self::{name} => {text},"
            # rustfmt breaks an arm that is wider than 100 columns into a block, if that helps.
            if len(line) > 100:
                out += [
                    f"            Self::{name} => {{",
                    f"                {text}",
                    "            }",
                ]
            else:
                out.append(line)
        return out

    lines = [
        "//! Codes of the errors, their classes on the Python face, and their messages.",
        "//!",
        f"//! Generated from golden/errors.toml by `{COMMAND}`.",
        "",
        "/// Code of an error; the same word on every backend.",
        "#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]",
        "pub enum ErrorCode {",
    ]
    for e in errors:
        lines += [f"    /// `{e['code']}`.", f"    {variant(e['code'])},"]
    lines += [
        "}",
        "",
        "impl ErrorCode {",
        "    /// All of them, in the order of the registry.",
        "    pub const ALL: &'static [Self] = &[",
        *[f"        Self::{variant(e['code'])}," for e in errors],
        "    ];",
        "",
        "    /// The code as it is written everywhere.",
        "    pub const fn as_str(self) -> &'static str {",
        "        match self {",
        *arms(lambda e: e["code"]),
        "        }",
        "    }",
        "",
        "    /// Name of the class in `fillproof.errors`.",
        "    pub const fn class(self) -> &'static str {",
        "        match self {",
        *arms(lambda e: e["class"]),
        "        }",
        "    }",
        "",
        "    /// Message over `{bar} {symbol} {field} {value} {expected}`.",
        "    pub const fn template(self) -> &'static str {",
        "        match self {",
        *arms(lambda e: e["message"]),
        "        }",
        "    }",
        "}",
        "",
    ]
    return "\n".join(lines)


def escaped(text: str) -> str:
    """Keep Markdown from reading a rule's bars and brackets as its own."""
    return re.sub(r"([|<>*_\[\]])", r"\\\1", text)


def evidence_links(paths: list[str]) -> str:
    """Name the evidence as paths seen from the root of the repository."""
    return ", ".join(
        f"`golden/{p}`" if p.startswith(("cases/", "invalid/")) else f"`{p}`" for p in paths
    )


def rules_page(registry: dict[str, Any], errors: list[dict[str, Any]]) -> str:
    """docs/rules.md: the registry as prose."""
    rules = registry["rule"]
    lines = [
        "# The rules",
        "",
        "Made from `golden/rules.toml` and `golden/errors.toml`, the only law there is, by",
        f"`{COMMAND}`.",
        "",
        "A long position is written, a short one mirrors it: ask for bid, high for low. Brackets",
        "in a formula fix the order of operations in binary64, and engines keep them.",
        "",
        "Kinds: a *decision* is written into the trace event it decided; a *refusal* raises an",
        "error code; an *order* says what happens before what; *arithmetic* is compared in bits.",
    ]
    for letter, title in registry["chapters"].items():
        mine = [r for r in rules if r["id"][0] == letter]
        lines += ["", f"## {letter}. {title}"]
        for r in mine:
            code = f", error `{r['error']}`" if "error" in r else ""
            lines += ["", f"### {r['id']}: {r['title']}", "", escaped(r["text"]), ""]
            if "formula" in r:
                lines += [
                    "```text",
                    *[part.strip() for part in r["formula"].split("; ")],
                    "```",
                    "",
                ]
            proof = evidence_links(r["evidence"])
            lines.append(f"*{r['kind']}{code}, preset {r['preset']}; evidence: {proof}*")
    lines += [
        "",
        "## Errors",
        "",
        "Every error has a code, the same on every backend, and a class in `fillproof.errors`.",
        "",
        "| code | class | rule | message |",
        "|---|---|---|---|",
    ]
    for e in errors:
        rule = e.get("rule", "")
        lines.append(f"| `{e['code']}` | `{e['class']}` | {rule} | {escaped(e['message'])} |")
    return "\n".join([*lines, ""])


def outputs(root: Path) -> dict[str, str]:
    """All generated files, path from the root -> content."""
    registry, errors = load(root)
    rules = registry["rule"]
    return {
        "pyengine/rule_ids.py": python_rule_ids(rules),
        "pyengine/error_table.py": python_error_table(errors),
        "rsengine/crates/engine/src/rule_ids.rs": rust_rule_ids(rules),
        "rsengine/crates/engine/src/error_table.rs": rust_error_table(errors),
        "docs/rules.md": rules_page(registry, errors),
    }


def stale(root: Path) -> list[str]:
    """Name the generated files that are missing or differ from what the registry says."""
    found = []
    for name, content in outputs(root).items():
        path = root / name
        if not path.is_file() or path.read_text(encoding="utf-8") != content:
            found.append(name)
    return found


def write(root: Path) -> list[str]:
    """Write the files that are stale, and name them."""
    made = outputs(root)
    names = stale(root)
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made[name], encoding="utf-8")
    return names


def main() -> int:
    """Check, as a lint does."""
    names = stale(ROOT)
    for name in names:
        print(f"{name}: not what the registry says; run `{COMMAND}`")
    return 1 if names else 0


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        sys.exit(main())
    for written in write(ROOT):
        print(f"written: {written}")

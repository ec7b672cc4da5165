"""For `fillproof verify`: the compiled strategy on the Rust backend, its twin on the others."""

from fillproof import backends

if backends.chosen_name() == "rust":
    from fillproof_strategies import Channel
else:
    from in_python import Channel

__all__ = ["Channel"]

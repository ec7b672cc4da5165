"""The harness's commands, one module each; `fillproof NAME` passes its arguments on to them."""

"""Strategies of expressions: `tree` reads them, `evaluation` computes, `strategy` acts."""

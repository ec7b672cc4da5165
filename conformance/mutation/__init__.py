"""Mutation: small changes of the engines' sources, each of which the golden cases have to notice.

A planted fault breaks one rule on purpose; a mutant is made by a machine, anywhere. What survives
is either a case that nobody wrote or a change that nothing can show.
"""

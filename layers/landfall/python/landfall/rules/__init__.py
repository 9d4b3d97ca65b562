"""The rules of a pipeline: from its state and an observation to the new state and what to do.

Pure: no clock, no AWS, no environment, no logger. Every rule takes a State and returns a Transition. Its state is
written first, on the condition that no other invocation has changed it; only then are its commands executed.
Decisions are in docs/decisions.
"""

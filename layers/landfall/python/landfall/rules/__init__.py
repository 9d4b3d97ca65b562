"""The rules of a pipeline: what is believed and what happened in, what to believe and what to do out.

Pure: no clock, no AWS, no environment, no logger. Every rule takes a State and returns a Change whose state is written
first, under the condition that nobody else changed it; only then is its `act` done.
The model: design, section 5; decisions on what it leaves open are in docs/decisions.
"""

"""The parts of a function put together: transitions, batches, settings, and the questions to AWS."""

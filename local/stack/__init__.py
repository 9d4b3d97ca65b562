"""The deployed application: endpoint and names, deploy, the engine's process, clients."""

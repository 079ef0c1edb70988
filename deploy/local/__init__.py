"""The whole system on one machine: private servers, the simulated Microsoft 365, and the services beside them.

Owns every process it starts and stops each of them, by pid, whatever happens. Never touches a server it did not start,
other than a database and a virtual host of its own.
"""

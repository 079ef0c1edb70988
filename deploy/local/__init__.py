"""The whole system on one machine: private servers, the simulated Microsoft 365, and the services beside them.

It owns every process that it starts, and stops each of them by pid, whatever happens. On a server that it did not start
it touches only a database and a virtual host of its own.
"""

"""The operator's command line, one module per group of commands; `services/__main__.py` puts them together.

One rule: a command reads its settings from the environment as the services do, and says in a sentence what is wrong.
"""

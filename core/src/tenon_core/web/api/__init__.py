"""The API under `/api`: one small ASGI application that the web application mounts.

Patterns are routed here and not by Litestar: a plugin's route may lie below an entity's path,
and Litestar does not go back from a path that begins right to the general one.
"""

"""Reproducible comparative study of inter-State consultation mechanisms on migration.

Data flows one way: ``dataset -> measures -> findings -> present -> render -> release``.
A module imports only from those to its left.
"""

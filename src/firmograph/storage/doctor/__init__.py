"""Examines a bucket or a folder: whether it can hold uploads and a lake."""

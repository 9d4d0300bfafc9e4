"""The kernel: document bytes in; typed rows, or the reasons of a refusal, out."""

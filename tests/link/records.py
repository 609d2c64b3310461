"""Hypothesis strategies for every message and command, made from their own types."""

import typing

from hypothesis import strategies as st

from gan_tui.link.commands import AnyCommand
from gan_tui.link.messages import Down, Reply

numbers = st.floats(allow_nan=False, width=64)
counts = st.integers(0, 2**63 - 1)
st.register_type_strategy(int, st.integers(-(2**63), 2**63 - 1))
st.register_type_strategy(float, numbers)
st.register_type_strategy(str, st.text(max_size=30))
st.register_type_strategy(bytes, st.binary(max_size=100))

down = st.one_of([st.from_type(kind) for kind in typing.get_args(Down)])
replies = st.one_of([st.from_type(kind) for kind in typing.get_args(Reply)])
commands = st.one_of([st.from_type(kind) for kind in typing.get_args(AnyCommand)])

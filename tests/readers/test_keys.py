import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from commune_coverage.readers.parsing.validation import duplicated

TEXTS = st.sampled_from(["1", "2", "a", "b", "", "n/a", "007", "7"])
ROWS = st.lists(st.tuples(TEXTS, TEXTS, st.sampled_from([1.0, 2.0, np.nan])), max_size=30)


@given(ROWS)
def test_repeats_are_those_of_pandas_among_whole_keys(rows):
    frame = pd.DataFrame(rows, columns=["a", "b", "c"]).astype({"a": "str", "b": "str", "c": float})
    whole = ~(frame["a"].isin(["", "n/a"]) | frame["b"].isin(["", "n/a"]) | frame["c"].isna())
    expected = np.zeros(len(frame), dtype=bool)
    expected[np.flatnonzero(whole)] = frame[whole].duplicated().to_numpy()
    assert duplicated(frame, ["a", "b", "c"]).tolist() == expected.tolist()

"""Tables of several months, read as one frame."""

import pandas as pd

from analysis.run.store import read_table, save_table


def test_files_become_one_frame_in_their_order_also_where_an_older_one_lacks_a_column(tmp_path):
    new = pd.DataFrame({"unit_id": ["D01", "D02"], "rank": pd.array([1, None], "Int64"), "share": [0.5, None]})
    save_table("new", new, tmp_path)
    save_table("old", new.drop(columns="share").iloc[1:], tmp_path)
    contents = [(tmp_path / f"{name}.parquet").read_bytes() for name in ("old", "new")]
    df_expected = pd.concat([new.drop(columns="share").iloc[1:], new], ignore_index=True)
    pd.testing.assert_frame_equal(read_table(*contents), df_expected)
    pd.testing.assert_frame_equal(read_table(contents[1]), new)
    pd.testing.assert_frame_equal(read_table(*contents, columns=["unit_id"]), df_expected[["unit_id"]])

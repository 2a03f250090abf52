"""Text tables: names, units and signs of the columns."""

import numpy as np
import pytest

from bayesim.conventions import SPEED_OF_LIGHT
from bayesim.data import read
from bayesim.errors import DataError, FormatError

U = np.array([1000.0, -2500.0, 400.0, 80.0, 3.5])
V = np.array([10.0, 500.0, -60.0, 7000.0, 1.25])
DATA = np.array([1 + 2j, -0.5 + 0.25j, 3 - 1j, 0.1 - 0.2j, 2 + 0j])
WEIGHT = np.array([1.0, 2.0, 3.0, 4.0, 5.0])


def write(path, header, columns, *, separator=" "):
    rows = [
        separator.join(f"{value:.17g}" if not isinstance(value, str) else value for value in row)
        for row in zip(*columns, strict=True)
    ]
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


PLAIN = (U, V, DATA.real, DATA.imag, WEIGHT)


@pytest.mark.parametrize(
    ("header", "separator"),
    [
        ("# u [lambda] v [lambda] Re Im weight", " "),
        ("u(lambda),v(lambda),re,im,weight", ","),
        ("# a comment\n#\n# u(lambda)\tv(lambda)\tRe(V)\tIm(V)\tWeights", "\t"),
        ("U (λ); V (λ); Real (Jy); Imag (Jy); wgt", ";"),
    ],
)
def test_columns_are_found_by_name(tmp_path, header, separator):
    vis = read(write(tmp_path / "x.dat", header, PLAIN, separator=separator))
    np.testing.assert_array_equal(vis.u, U)
    np.testing.assert_array_equal(vis.v, V)
    np.testing.assert_array_equal(vis.data, DATA)
    np.testing.assert_array_equal(vis.weight, WEIGHT)
    assert any("exp(-1 * 2 pi i" in note for note in vis.account.notes)


def test_order_sigma_and_foreign_columns(tmp_path):
    path = write(
        tmp_path / "x",
        "# sigma v(klambda) re(mJy) im(mJy) u(klambda) w(klambda) quality",
        (WEIGHT, V, DATA.real, DATA.imag, U, V, U),
    )
    vis = read(path)
    np.testing.assert_allclose(vis.u, 1e3 * U)
    np.testing.assert_allclose(vis.w, 1e3 * V)
    np.testing.assert_allclose(vis.data, DATA / 1e3)
    np.testing.assert_allclose(vis.weight, WEIGHT**-2)
    assert "columns not used: quality" in vis.account.notes


def test_unclear_units_are_refused_with_the_remedy(tmp_path):
    path = write(tmp_path / "x", "# u v Re Im weights", PLAIN)
    with pytest.raises(DataError, match="unit='lambda'"):
        read(path)
    np.testing.assert_array_equal(read(path, unit="lambda").u, U)
    np.testing.assert_array_equal(read(path, unit="Mlambda").u, 1e6 * U)
    with pytest.raises(DataError, match="give frequency="):
        read(path, unit="m")
    np.testing.assert_allclose(read(path, unit="km", frequency=3e9).u, U * 1e3 * 3e9 / SPEED_OF_LIGHT)
    with pytest.raises(DataError, match="states the unit 'parsec'"):
        read(path, unit="parsec")


def test_metres_with_the_wavelength_in_a_comment(tmp_path):
    vis = read(write(tmp_path / "x", "# wavelength[m] = 0.0013\n# u[m] v[m] Re Im weights", PLAIN))
    np.testing.assert_allclose(vis.u, U / 0.0013)
    np.testing.assert_allclose(vis.frequency, SPEED_OF_LIGHT / 0.0013)


def test_metres_with_a_frequency_column(tmp_path):
    ghz = np.array([1.0, 1.5, 2.0, 2.5, 3.0])
    vis = read(write(tmp_path / "x", "u(m),v(m),re,im,weight,freq(GHz)", (*PLAIN, ghz), separator=","))
    np.testing.assert_allclose(vis.u, U * ghz * 1e9 / SPEED_OF_LIGHT)


def test_columns_may_be_given_for_a_table_without_names(tmp_path):
    path = tmp_path / "x.txt"
    write(path, "# measured on a Sunday", PLAIN)
    with pytest.raises(FormatError, match="columns="):
        read(path)
    vis = read(path, columns=("u(lambda)", "v(lambda)", "re", "im", "weight"))
    np.testing.assert_array_equal(vis.data, DATA)
    with pytest.raises(FormatError, match="5 columns, 4 were given"):
        read(path, columns=("u", "v", "re", "im"))


EHT = "#time(UTC),T1,T2,U(lambda),V(lambda),Iamp(Jy),Iphase(d),Isigma(Jy)"


def test_csv_of_the_event_horizon_telescope(tmp_path):
    one, two = ["AA", "AA", "LM", "AZ", "SM"], ["AP", "LM", "PV", "SM", "LM"]
    columns = (U * 0 + 1.5 + np.arange(5) / 100, one, two, U, V, np.abs(DATA), np.degrees(np.angle(DATA)), WEIGHT)
    path = write(tmp_path / "x.csv", EHT, columns, separator=",")
    vis = read(path, day=57854.0, frequency=2.27e11)
    np.testing.assert_array_equal(vis.u, U)
    np.testing.assert_allclose(vis.data, DATA.conj(), rtol=1e-12)
    np.testing.assert_allclose(vis.weight, WEIGHT**-2)
    assert [vis.antenna_names[k] for k in vis.antenna1] == one
    assert [vis.antenna_names[k] for k in vis.antenna2] == two
    np.testing.assert_allclose(vis.time, 57854 + columns[0] / 24)
    np.testing.assert_allclose(read(path, sign=-1).data, DATA, rtol=1e-12)
    undated = read(path)
    assert np.all(np.isnan(undated.time))
    assert any("day=" in note for note in undated.account.notes)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("# u(lambda) v(lambda) amp phase weight", "phases are degrees"),
        ("# u(lambda) v(lambda) re(K) im weight", "expected Jy"),
        ("# u(lambda) v(lambda) re im quality", "neither a weight nor a sigma"),
        ("# u(lambda) v(lambda) re quality weight", "needs columns re and im"),
        ("# u(lambda) v(m) re im weight", "does not state one unit"),
        ("# u(lambda) u(lambda) re im weight", "both u"),
        ("# u(lambda) v(lambda) re weight sigma", "needs columns|both weight"),
    ],
)
def test_tables_that_say_too_little_are_refused(tmp_path, header, message):
    with pytest.raises(DataError, match=message):
        read(write(tmp_path / "x", header, PLAIN))


def test_a_sign_is_plus_or_minus_one(tmp_path):
    with pytest.raises(DataError, match="sign 2"):
        read(write(tmp_path / "x", "# u(lambda) v(lambda) re im weight", PLAIN), sign=2)


@pytest.mark.parametrize(
    "tail", ["1 2 3\n", "1 2 3 four 5\n", "1 2 3 4 5\x00\n", "1 2 3 4 5 6 7\n1 2\n", "\udcff 1 2 3 4\n"]
)
def test_damaged_rows_are_refused(tmp_path, tail):
    path = write(tmp_path / "x", "# u(lambda) v(lambda) re im weight", PLAIN)
    path.write_bytes(path.read_bytes() + tail.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError):
        read(path)


def test_not_a_number_is_refused_with_its_row(tmp_path):
    columns = [column.copy() for column in PLAIN]
    columns[2][3] = np.nan
    with pytest.raises(DataError, match=r"first: \[3\]"):
        read(write(tmp_path / "x", "# u(lambda) v(lambda) re im weight", columns))


def test_prose_and_binary_are_not_tables(tmp_path):
    for content in (b"once upon a time\n" * 30, bytes(range(256)) * 20, b"", b"1 2 3\n4 5 6\n"):
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(FormatError, match="none of the formats"):
            read(tmp_path / "x")

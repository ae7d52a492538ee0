"""Real formats, country by country: what is legal and how it is written, and what is not."""

import pytest

from platewise.regions.library import Region, load

REGIONS = load()
LEGAL = """
gb AB12CDE AB12 CDE
gb A123BCD A123 BCD
gb ABC123D ABC 123D
gb CRZ768 CRZ 768
gb Q680WMU Q680 WMU
gb 1ABC 1 ABC
de BAB1234 B AB 1234
de MÜC123 MÜ C 123
de KÜNAB12 KÜN AB 12
de HHAB123E HH AB 123E
de WOBXY987 WOB XY 987
fr AB123CD AB-123-CD
fr 1234AB75 1234 AB 75
fr 123ABC2A 123 ABC 2A
it AB123CD AB 123CD
es 1234BCD 1234 BCD
es M1234AB M-1234-AB
pt AB12CD AB-12-CD
pt 12AB34 12-AB-34
pt 1234AB 12-34-AB
nl 12XBSD 12-XB-SD
nl GB001B GB-001-B
nl 1KBB00 1-KBB-00
be 1ABC234 1-ABC-234
be ABC123 ABC-123
at W12345A W 12345A
at GU123AB GU 123AB
pl WA12345 WA 12345
pl PO8LK91 PO 8LK91
pl KRA1A23 KRA 1A23
cz 1A23456 1A2 3456
cz 5AB1234 5AB 1234
cz EL123AB EL 123AB
sk BA123AB BA 123AB
sk AA001BC AA 001BC
hu ABC123 ABC-123
hu AABC123 AA BC-123
ro B123ABC B 123 ABC
ro CJ12ABC CJ 12 ABC
hr ZG1234AB ZG 1234-AB
hr ČK123AB ČK 123-AB
si LJAB123 LJ AB-123
dk AB12345 AB 12 345
se ABC123 ABC 123
se ABC12D ABC 12D
no EL12345 EL 12345
no SU12345 SU 12345
fi ABC123 ABC-123
ie 131D12345 131-D-12345
ie 06KK123 06-KK-123
ch ZH123456 ZH 123456
ch AG12 AG 12
br ABC1234 ABC-1234
br ABC1D23 ABC1D23
ar ABC123 ABC 123
ar AA123BB AA 123 BB
ar A123BCD A123 BCD
us ABC1234 ABC 1234
us 6ABC123 6ABC123
us GOFAST GOFAST
us BB1A234 BB1·A234
cn 京A12345 京A·12345
cn 粤BD12345 粤B·D12345
cn 粤B12345D 粤B·12345D
cn 苏A1234学 苏A·1234学
cn 粤Z1234港 粤Z·1234港
cn 沪A1234警 沪A·1234警
cn 鲁B1234挂 鲁B 1234挂
cn 123456使 123·456使
cn 沪A0023领 沪A·0023领
tw ABC1235 ABC-1235
tw AB1234 AB-1234
tw 123ABC 123-ABC
in MH12AB1234 MH 12 AB 1234
in DL3CAB1234 DL 3C AB 1234
in 22BH1234AB 22 BH 1234 AB
vn 51F12345 51F-123.45
vn 59X112345 59-X1 123.45
uz 95Z987YX 95 Z 987 YX
uz 01115AAA 01 115 AAA
generic ABC123 ABC 123
ru A123BC77 A 123 BC 77
ru A123BC777 A 123 BC 777
ua AA1234BB AA 1234 BB
tr 34ABC123 34 ABC 123
bg CB1234AB CB 1234 AB
gr ABE1234 ABE-1234
rs BG123AB BG 123-AB
lt ABC123 ABC 123
lv AB1234 AB-1234
ee 123ABC 123 ABC
by 1234AB7 1234 AB-7
il 12345678 123-45-678
il 1234567 12-345-67
mx ABC123D ABC-123-D
za BB12CDGP BB 12 CD GP
au AB12CD AB-12-CD
au 1AB2CD 1AB-2CD
cl BCDF12 BCDF·12
co ABC123 ABC 123
uy ABC1234 ABC 1234
py ABCD123 ABCD 123
"""
"""Region, text, and how it is shown."""
ILLEGAL = """
gb AI12CDE AB01CDE AB12CQE ABCDEFG
de XQZAB1 BAB0123
fr AI123CD AB123CO 1234AB20
it AQ123CD
es 1234ABC 1234BCQ
pt KK12AB
nl 12AACC
be 0ABC123
at XX123AB
pl WA1234B QA12345
cz 0A12345 1G12345 1AQ1234
sk QA123AB
hu AAQC123
ro XX12ABC CJ12IBC
hr ZZ123AB ZG123QX
si AAAB123
dk AI12345
se ABI123 ABC12O
no AI12345
fi ABC012
ie 133D12345 06XX123
ch XX1234 ZH012
br ABCD123 AB12345
ar AB12345
us ABCD12345
cn 京A1234I AA12345A 京I12345
tw IBC1234 ABC1244
in XX12AB1234
vn 51J12345 13F12345
uz 02Z987YX
ru A123BZ77
ua ZZ1234BB
tr 82ABC123
bg ZZ1234AB
gr ABC1234
by 1234AB8
il 123456
cl ABCD12
"""
"""Region and texts that are no plates there."""


@pytest.mark.parametrize("row", LEGAL.strip().splitlines())
def test_a_legal_plate_is_written_as_in_its_country(row: str) -> None:
    region, text, display = row.split(maxsplit=2)
    assert REGIONS[region].match(text) is not None
    assert REGIONS[region].display(text) == display


@pytest.mark.parametrize("row", ILLEGAL.strip().splitlines())
def test_an_illegal_plate_has_no_series(row: str) -> None:
    region, *texts = row.split()
    assert texts
    assert [t for t in texts if REGIONS[region].match(t) or REGIONS[region].display(t)] == []


def test_every_country_has_legal_examples() -> None:
    assert {row.split()[0] for row in LEGAL.strip().splitlines()} == set(REGIONS)


def test_shares_of_drawing() -> None:
    weights = {code: region.data.weight for code, region in REGIONS.items()}
    assert all(weight > 0 for weight in weights.values())
    assert sum(weights[c] for c in ("gb", "us", "cn", "br")) > sum(weights.values()) / 2


def test_us_has_thirty_states() -> None:
    assert len({series.data.subregion for series in REGIONS["us"].series} - {None}) >= 30


@pytest.mark.parametrize("region", REGIONS.values(), ids=lambda r: r.code)
def test_no_word_twice_in_a_list_and_each_region_under_its_code(region: Region) -> None:
    data = region.data
    for name, words in data.words.items():
        assert len(set(words)) == len(words), name
    assert region is REGIONS[data.code]

"""Findings in words: what a finding is, and what is said of each code. Policy and the doctor share them.

`finding` is the value that the API shows, `registry` has the words of every code, `installation` those of the codes
that only a look at the installation finds (from RS201 on). One rule: it knows no service and no lookup, only words;
whoever finds something fills them in.
"""

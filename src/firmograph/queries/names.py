"""The tables of the package's own contracts that pages know by name.

A user's contract may have others instead, so each page asks the session what is there.
"""

COMPANIES = "dw_company_data"
LISTINGS = "dw_stock_exchanges"
FAMILIES = "dw_family_tree"
MEMBERS = "dw_family_tree_members"

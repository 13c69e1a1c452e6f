"""What is always true of the ledger (O2)."""

from shop.invariants import Evidence, Examination, compared, invariant


@invariant("O2", "ledger: a journal has the lines it was opened with, and they add up to nothing")
def journals_balance(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('J%%s', j.id), format('%%s lines, 0 fen', greatest(j.line_count, 2)),
               format('%%s lines, %%s fen', count(l.id), coalesce(sum(l.amount_fen), 0))
        FROM books_journal j LEFT JOIN books_journalline l ON l.journal_id = j.id
        GROUP BY j.id
    """)


@invariant("O2", "ledger: what stands between us and a party is the sum of its lines")
def balances_are_sums(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('party %%s on %%s', party_id, account), coalesce(posted.fen, 0),
               coalesce(kept.balance_fen, 0)
        FROM (SELECT party_id, account, sum(amount_fen) AS fen FROM books_journalline
              WHERE party_id IS NOT NULL GROUP BY party_id, account) posted
        FULL JOIN books_partybalance kept USING (party_id, account)
    """)

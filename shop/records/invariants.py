"""What is always true of the sealed logs (O9): the verifier's word, as the oracle hears it."""

from shop.invariants import SHOWN, Breach, Evidence, Examination, invariant
from shop.records.models import Seal
from shop.records.verifier import verify_chain


@invariant("O9", "the chain over facts and audit is whole, and is the one that was anchored")
def the_chain_is_whole(evidence: Evidence) -> Examination:
    breaks = verify_chain()
    shown = tuple(
        Breach(f"place {one.seq} of the chain", "as sealed", f"{one.kind}: {one.detail}")
        for one in breaks[:SHOWN]
    )
    return Examination(max(Seal.objects.count(), len(breaks)), len(breaks), shown)

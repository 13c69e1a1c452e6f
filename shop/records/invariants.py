"""What is always true of the sealed logs (O9), as their verifier says, and of files (O10, O14)."""

from shop.invariants import SHOWN, Breach, Evidence, Examination, held, invariant
from shop.records import storage
from shop.records.models import Seal, StoredFile
from shop.records.selectors import stray_contents
from shop.records.verifier import verify_chain


@invariant("O9", "the chain over facts and audit is whole, and is the one that was anchored")
def the_chain_is_whole(evidence: Evidence) -> Examination:
    breaks = verify_chain()
    shown = tuple(
        Breach(f"place {one.seq} of the chain", "as sealed", f"{one.kind}: {one.detail}")
        for one in breaks[:SHOWN]
    )
    return Examination(max(Seal.objects.count(), len(breaks)), len(breaks), shown)


@invariant("O10", "the storage holds the content of every file that is kept")
def files_have_their_content(evidence: Evidence) -> Examination:
    there = set(storage.all_keys())
    return held(
        (stored.stream, "there", "there" if stored.key in there else "missing")
        for stored in StoredFile.objects.kept().only("pk", "key")
    )


@invariant("O14", "the storage holds nothing that belongs to no file")
def no_content_is_stray(evidence: Evidence) -> Examination:
    stray = set(stray_contents())
    return held(
        (key, "of a file", "stray" if key in stray else "of a file") for key in storage.all_keys()
    )

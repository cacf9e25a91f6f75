"""What an entry of a paper says that does not fit together, in short phrases."""

from ncverify import Domain
from ncverify.falsification import judge
from ncverify.papers.claim import GRADES, NOT_RIGHT, Demonstration

ROLE_OF_VERDICT = {"false": "conclusion", "proof-gap": "step", "defect": "form"}


def fails(part):
    """Whether a part is expected to speak against the claim."""
    return part.refutes or not part.expected


def complain(claim):
    """What an entry says that does not fit together, in short phrases."""
    corrected = claim.correction.parts if claim.correction else ()
    by_part = [complaint for part in (*claim.parts, *corrected) for complaint in complain_about_part(part)]
    return [*complain_about_verdict(claim), *complain_about_correction(claim), *complain_about_words(claim), *by_part]


def complain_about_verdict(claim):
    roles = {part.role for part in claim.parts if fails(part)}
    wanted = ROLE_OF_VERDICT.get(claim.verdict)
    if claim.verdict == "holds" and roles:
        yield f"holds, and {', '.join(sorted(roles))} fails"
    if claim.verdict == "holds" and not claim.neighbours:
        yield "holds, and nothing false stands next to it"
    if wanted and wanted not in roles:
        yield f"{claim.verdict}, and no {wanted} fails"
    if claim.verdict in ("proof-gap", "defect") and "conclusion" in roles:
        yield f"{claim.verdict}, and a conclusion fails"


def complain_about_correction(claim):
    if claim.correction is None:
        return
    if claim.verdict == "holds":
        yield "holds, and is corrected"
    if not claim.correction.parts:
        yield "the correction is not examined"
    if any(fails(part) for part in claim.correction.parts):
        yield "the correction is expected to fail"


def complain_about_words(claim):
    for text in (claim.printed, claim.correction.latex if claim.correction else "x"):
        if not text.strip() or text.count("{") != text.count("}"):
            yield f"no LaTeX: {text[:40]!r}"
    if claim.verdict in NOT_RIGHT and claim.severity == "error":
        yield f"{claim.verdict}, and it is not said whether the theorems survive"
    if not claim.reason or "\n" in claim.reason:
        yield "the reason is no single line"


def complain_about_part(part):
    if isinstance(part.statement, Demonstration):
        wrong = part.witness is not None or part.proof or part.statement.grade not in GRADES
        return [f"demonstration {part.statement.name!r} with a witness, a proof or an unknown grade"] if wrong else []
    found = []
    if part.witness is not None:
        p = part.witness.point(part.domain)
        if isinstance(part.domain, Domain) and not part.domain.admits(p.K, p.n, p.d):
            found.append(f"the counterexample to {part.statement.name!r} is outside its domain")
        elif not judge(part.statement, p).violated:
            found.append(f"the counterexample to {part.statement.name!r} is none")
    if any(identity.given for identity, _ in part.identities):
        found.append(f"the proof of {part.statement.name!r} has hypotheses")
    return found


def complain_about_place(claim):
    return [f"no {name}" for name in ("where", "kind", "says", "attribution") if not getattr(claim, name).strip()]

"""From evidence to verdicts to the ledger."""

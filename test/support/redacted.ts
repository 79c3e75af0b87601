import type {Evidence} from '../../source/evidence/evidence.ts';
import {addressRedactor, withoutServer, type Redactor} from '../../source/evidence/redact.ts';

/** Evidence as `--save` writes it, item by item, whole. */
export const redacted = (evidence: Evidence, redact: Redactor = addressRedactor()): Evidence => redact(withoutServer(evidence));

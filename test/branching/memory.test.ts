import { conformance } from './conformance.ts';
import { memorySubject } from './memory-subject.ts';

conformance('memory', async () => memorySubject());

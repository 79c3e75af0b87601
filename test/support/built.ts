import path from 'node:path';

/** The bundle that users get. Apart from what runs commands in this process: the end-to-end tests know nothing of the program's inside. */
export const built = path.join(import.meta.dirname, '..', '..', 'dist', 'kubectl-hostport.mjs');

/** Under this name the API server keeps what a repair has written (`metadata.managedFields`). */
export const fieldManager = 'kubectl-hostport';

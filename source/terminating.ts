/** What `trouble` of a pod is from the moment it is deleted, whatever ails it besides: kubectl's own word for it. */
export const terminating = 'Terminating';

/** Whether a pod is on its way out. */
export const isTerminating = ({trouble}: {readonly trouble: string}): boolean => trouble === terminating;

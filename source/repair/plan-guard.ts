import {guardsNewNodes} from '../diagnosis/new-nodes.ts';
import type {Planning} from './planning.ts';

/** Whether the DaemonSet is there and works: `manifest daemonset` or an earlier repair has made it. */
export const isGuarded = ({view}: Pick<Planning, 'view'>): boolean => guardsNewNodes(view.evidence);

import type {ReactNode} from 'react';
import {Agent} from './agent.tsx';
import {CiliumConfig} from './cilium-config.tsx';
import {Entries} from './entries.tsx';
import {Events} from './events.tsx';
import {Files} from './files.tsx';
import type {Read} from './read.tsx';
import {Rules} from './rules.tsx';

/** One kind of what was read, as it was read: its lines, and which of them decide. */
type Tab = {readonly title: string; readonly Body: (read: Read) => ReactNode};

/** The tabs, in order. */
export const evidenceTabs: readonly Tab[] = [
	{title: 'CNI files', Body: Files},
	{title: 'rules', Body: Rules},
	{title: 'entries', Body: Entries},
	{title: 'agent', Body: Agent},
	{title: 'cilium-config', Body: CiliumConfig},
	{title: 'events', Body: Events},
];

/** The tab that decides about a hostPort. */
export const rulesTab = evidenceTabs.findIndex(({Body}) => Body === Rules);

import {ofSettings} from './of-settings.ts';
import {ofTheCluster} from './of-the-cluster.ts';
import {ofTheNode} from './of-the-node.ts';

const rows = [...ofTheNode, ...ofSettings, ...ofTheCluster];

/** What helps an agent that ended with these words; undefined where no row knows them. The first row that fits counts. */
export const remedyFor = (words: string): string | undefined => rows.find(row => row.words.test(words))?.remedy;

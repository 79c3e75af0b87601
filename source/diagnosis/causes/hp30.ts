import {portmapFailureFindings} from '../portmap-failure-findings.ts';
import type {Cause} from './cause.ts';

/** portmap is called, runs and fails by itself; that it finds no firewall program is HP09. */
export const hp30: Cause = {code: 'HP30', find: view => portmapFailureFindings(view, 'HP30', ({withoutBackend}) => !withoutBackend)};

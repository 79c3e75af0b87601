import {stringify} from 'yaml';
import type {Rendering} from './rendering.ts';

/** The same value as YAML. */
export const yaml = ({diagnosis}: Rendering): string => stringify(diagnosis, {lineWidth: 0, aliasDuplicateObjects: false});

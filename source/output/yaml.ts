import {stringify} from 'yaml';

/** The same value as YAML. */
export const yaml = (document: object): string => stringify(document, {lineWidth: 0, aliasDuplicateObjects: false});

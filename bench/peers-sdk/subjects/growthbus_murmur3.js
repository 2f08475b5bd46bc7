// The same with buckets by murmur3.
import { create } from './growthbus.js';

export default () => create('murmur3');

"""gjj: the employer side of China's housing provident fund (住房公积金) on the command line."""

__version__ = "0.1.0"

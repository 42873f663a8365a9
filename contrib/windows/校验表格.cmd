@echo off
rem Drop workbooks or a folder on this file: each is validated, and what has mistakes opens as a red copy.
rem Saved as UTF-8 without BOM, with CRLF line ends; the code page below makes cmd.exe read it so.
chcp 65001 >nul
setlocal EnableExtensions DisableDelayedExpansion
title 校验表格

where gjj >nul 2>nul
if errorlevel 1 (
  echo 这台电脑上找不到 gjj，没有校验。
  echo 改：先装 Python 3.11 以上，再在命令提示符里打 pip install，后面写 gjj 的 .whl 安装包。
  echo     装好后关掉这个窗口，重新拖一次。
  pause
  exit /b 1
)
if "%~1"=="" (
  echo 把填好的表格，或者整个文件夹，拖到「%~nx0」上松手。
  pause
  exit /b 2
)

rem Explorer puts no quotes around a name with an ampersand and no blank, so that the argument ends there;
rem the whole line is in CMDCMDLINE. Without an ampersand the arguments are right as they are.
setlocal EnableDelayedExpansion
set "line=!cmdcmdline!"
if "!line:&=!"=="!line!" goto next
set "line=!line:~0,-1!"
set "line=!line:*" =!"
for %%F in (!line!) do call :one "%%~F"
pause
rem Not exit /b: what stands after the ampersand would be run as a command.
exit

:next
if "%~1"=="" goto done
call :one "%~1"
shift
goto next

:done
pause
exit /b

:one
setlocal DisableDelayedExpansion
echo.
echo "%~nx1"
if exist "%~f1\" goto folder
set "stem=%~n1"
set "red=%~dpn1-标注.xlsx"
if "%stem:~-3%"=="-标注" set "red=%~f1"
if /i "%red%"=="%~f1" goto check
if not exist "%red%" goto check
echo 标红的表已经有了："%red%"
echo 在里面改过的，拖那一份来。不要它了，重新标红，按 Y；先不动，按 N。
choice /c YN /n
if errorlevel 2 exit /b
del "%red%"

:check
gjj validate "%~f1" --annotate
if exist "%red%" start "" "%red%"
exit /b

:folder
gjj validate "%~f1" --annotate
start "" "%~f1"
exit /b
